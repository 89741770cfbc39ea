"""Which feedback do the SDKs tell of that judge what an agent answered?"""
