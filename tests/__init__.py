"""Tests of proofbot, in the folders of bot/."""
