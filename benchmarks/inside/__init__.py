"""What runs within the sandbox, beside the files that are measured, and knows nothing of us.

Standard library only: these modules are packed into one file and started with `python -I`.
"""
