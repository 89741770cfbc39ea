"""Where do the values stand that a change may move, and how did they get there?"""
