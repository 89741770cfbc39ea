"""What becomes of proposals that nobody decides, and of approvals that nobody uses?"""
