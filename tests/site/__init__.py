"""The whole site of the demo, walked as a frontend would."""
