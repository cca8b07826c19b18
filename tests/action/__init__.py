"""The GitHub Action and the example workflows, run as GitHub's runner runs them."""
