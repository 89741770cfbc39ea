"""How is a tree measured: what is found again, what runs side by side, what is kept?"""
