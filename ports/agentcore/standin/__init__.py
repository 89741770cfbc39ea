"""How does the stand-in answer as AgentCore does: by botocore's own description of its calls?"""
