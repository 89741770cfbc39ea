"""What is kept of a deployment that a deployer elsewhere was asked for?"""

from django.db import models


class Handed(models.TextChoices):
    """Say how a deployment stands that a deployer elsewhere was asked for."""

    OPEN = "OPEN", "Not answered yet"
    ACCEPTED = "ACCEPTED", "Accepted"
    SUCCEEDED = "SUCCEEDED", "Succeeded"
    FAILED = "FAILED", "Failed"
    TIMED_OUT = "TIMED_OUT", "Did not end in time"
    REPLACED = "REPLACED", "Replaced by a later one"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {Handed.SUCCEEDED: "good", Handed.ACCEPTED: "accent", Handed.OPEN: "warn"}
        return "quiet" if self is Handed.REPLACED else tones.get(self, "bad")


UNDERWAY = (Handed.OPEN, Handed.ACCEPTED)


class Handover(models.Model):
    """Ask a deployer elsewhere for one deployment, however often that has to be said."""

    uid = models.UUIDField(unique=True)  # the id of the message: it starts one deployment
    delivery = models.ForeignKey(
        "delivery.Delivery", on_delete=models.CASCADE, related_name="handovers"
    )
    plan = models.CharField(max_length=10)  # one of the plans of a delivery
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=Handed, default=Handed.OPEN)
    address = models.CharField(max_length=1000)
    commit = models.CharField(max_length=64)
    body = models.TextField()  # the very bytes that are sent, each time
    asked = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True)  # what the address said last
    detail = models.TextField(blank=True)  # what the deployer said of its end; sanitised
    dropped = models.PositiveIntegerField(default=0)  # reports whose words were too many
    told = models.BooleanField(default=False)  # a stage has made its end known
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()

    class Meta:
        """Have one deployment of a delivery underway at most."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "plan", "attempt"], name="delivery_handover_once"
            ),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(state__in=UNDERWAY),
                name="delivery_one_handover_underway",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=UNDERWAY) | models.Q(ended_at__isnull=False),
                name="delivery_handover_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        """Show commit and state."""
        return f"{self.commit[:12]}: {self.get_state_display()}"

    @property
    def tone(self) -> str:
        """Return the tone of the state's badge."""
        return Handed(self.state).tone


class Report(models.Model):
    """Keep what a deployer elsewhere said in one message; its id keeps it from counting twice."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="reports")
    uid = models.CharField(max_length=64)
    sequence = models.PositiveBigIntegerField()
    text = models.TextField(blank=True)  # sanitised
    at = models.DateTimeField()

    class Meta:
        """Keep the deployer's own order, whatever order they came in."""

        ordering = ["sequence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "uid"], name="delivery_report_once")
        ]

    def __str__(self) -> str:
        """Show its place."""
        return f"{self.sequence}: {self.text[:60]}"
