"""The site itself. It runs on packages of its own environment, where Django and Wagtail are."""
