"""The models' side: who is asked, how, what came back, what it cost."""
