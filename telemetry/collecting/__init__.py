"""What the collectors' side needs beyond the ports: shapes of logs, states of sources, tests."""
