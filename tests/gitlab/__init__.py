"""The jobs for GitLab: the templates, and what people see of a job's run."""
