"""Are tests as strict as they were? Pure comparisons of texts, before and after."""
