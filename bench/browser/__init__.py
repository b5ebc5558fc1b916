"""The browser side under measurement: a real server, headless Chromium, generated data."""
