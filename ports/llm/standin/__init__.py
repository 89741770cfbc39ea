"""What answers as a provider does, on this machine, without a language model?

A server of the Messages API, and of Bedrock's calls, over loopback: for tests, demonstrations and
people without a key. It checks requests as the real service documents it, plays scripts of
answers and faults, and labels what it says: its models are named `stand-in-…`, and its counts of
tokens are estimates.
"""
