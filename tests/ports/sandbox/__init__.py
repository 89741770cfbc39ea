"""Does a sandbox keep in what runs in it? Each probe really tries, and the host is looked at."""
