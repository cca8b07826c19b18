"""What the fake forges have in common: they speak HTTP, remember what they were asked, and fail when told to."""
