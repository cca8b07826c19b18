"""What `proofbot init` makes of a project it sees for the first time: what is there, and the files to begin with."""
