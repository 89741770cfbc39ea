"""Which events do OpenTelemetry's spans and log records tell of?"""
