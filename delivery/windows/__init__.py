"""When may a change of some risk reach its target? Change windows, and how one is passed by."""
