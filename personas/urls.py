"""At which addresses are agents, their exchanges and their spending?"""

from django.urls import path

from personas import doors, views

app_name = "personas"
urlpatterns = [
    path("agents/", views.agents, name="agents"),
    path("agents/<str:name>/", views.agent, name="agent"),
    path("exchanges/", views.exchanges, name="exchanges"),
    path("exchanges/<int:pk>/", views.exchange, name="exchange"),
    path("spending/", views.spent, name="spending"),
    path("spending/rows.json", views.spent_json, name="spending-json"),
    path("api/spending", doors.spent, name="api-spending"),
]
