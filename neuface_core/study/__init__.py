"""Which method, with which settings, on which clips, how good: behind `neuface evaluate P` and `neuface ablate P`."""
