"""One turn of the improvement loop: plan, build, check, review, measure, decide, propose."""
