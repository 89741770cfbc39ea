"""Which page lives where."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from selfimprove.web import back_office, health

back_office.record_everything()

handler500 = "selfimprove.web.unavailable.failed"

urlpatterns = [
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign-out"),
    path("healthz", login_not_required(health.live), name="healthz"),
    path("readyz", login_not_required(health.ready), name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("selfimprove.console.urls")),
    path("", include("selfimprove.api.urls")),
    path("incident/", include("selfimprove.incident.urls")),
    path("chat/", include("selfimprove.chat.urls")),
    path("mcp/", include("selfimprove.mcp.urls")),
    path("proposals/", include("proposals.urls")),
    path("policies/", include("proposals.authorising.urls")),
    path("standing/", include("proposals.standing.urls")),
    path("deliveries/", include("delivery.urls")),
    path("hooks/", include("delivery.hooks.urls")),
    path("", include("telemetry.doors.urls")),
    path("", include("generations.doors.urls")),
    path("telemetry/", include("telemetry.urls")),
    path("targets/", include("targets.urls")),
    path("", include("personas.urls")),
    path("benchmarks/", include("benchmarks.urls")),
    path("generations/", include("generations.urls")),
    path("evaluations/", include("evaluation.urls")),
    path("audit/", include("audit.urls")),
    path("notifications/", include("notifications.urls")),
    path("", include("validation.urls")),
]
