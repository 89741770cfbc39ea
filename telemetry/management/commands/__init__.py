"""What can an operator do with telemetry from a shell?"""
