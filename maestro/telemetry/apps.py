from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "maestro.telemetry"
    label = "telemetry"
