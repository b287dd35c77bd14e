"""Sends 10 requests to the load balancer and prints who answered. Needs nothing but Python 3."""
import os
import urllib.request

url = "http://localhost:" + os.environ.get("LB_PORT", "8080")
for i in range(10):
    with urllib.request.urlopen(url) as response:
        print(f"Request {i + 1}: {response.read().decode()}")
