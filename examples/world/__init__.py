"""What surrounds the gateway? Upstreams, agents, fake credentials, and a way to measure."""
