"""At which addresses do agents hand in? The first two are OpenTelemetry's own."""

from django.urls import path

from telemetry.doors import metrics, views

urlpatterns = [
    path("metrics", metrics.metrics, name="metrics"),
    path("v1/traces", views.traces, name="otlp-traces"),
    path("v1/logs", views.logs, name="otlp-logs"),
    path("v1/metrics", views.metrics, name="otlp-metrics"),
    path("api/events", views.events, name="api-events"),
    path("api/reflections", views.reflections, name="api-reflections"),
    path("api/error-reports", views.error_reports, name="api-error-reports"),
    # Where Langfuse's SDK sends, so that its address and keys alone connect an agent.
    path("api/public/otel/v1/traces", views.traces, name="langfuse-traces"),
    path("api/public/scores", views.langfuse_scores, name="langfuse-scores"),
    # Where Phoenix's client sends annotations, by what they are of.
    path("v1/span_annotations", views.phoenix_annotations, name="phoenix-spans"),
    path("v1/trace_annotations", views.phoenix_annotations, name="phoenix-traces"),
    path("v1/session_annotations", views.phoenix_annotations, name="phoenix-sessions"),
]
