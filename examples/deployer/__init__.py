"""A deployer to begin with: it takes signed requests, deploys, and reports."""
