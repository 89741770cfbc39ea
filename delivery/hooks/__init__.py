"""Where does a forge tell us that something happened there?"""
