"""What was asked of language models, what that cost, and who is declared to ask."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.urls import reverse

from targets.models import Target

NANO = 1_000_000_000  # amounts are whole numbers of nanodollars: every database sums them exactly


def dollars(nanos: int) -> str:
    """Write an amount: cents, and more digits where it is less than a cent."""
    amount = Decimal(nanos) / NANO
    if amount == 0 or amount >= Decimal("0.01"):
        return f"${amount:,.2f}"
    return f"${amount:.6f}" if amount >= Decimal("0.000001") else "less than $0.000001"


def said(nanos: int, *, unknown: bool) -> str:
    """Write what is known of a cost of which some may be unknown."""
    if not unknown:
        return dollars(nanos)
    return f"at least {dollars(nanos)}" if nanos else "unknown"


class State(models.TextChoices):
    """Say what became of a reservation; settled and refunded are final."""

    OPEN = "OPEN", "Reserved"
    SETTLED = "SETTLED", "Settled"
    REFUNDED = "REFUNDED", "Nothing billed"
    LOST = "LOST", "Lost"


FINAL = (State.SETTLED, State.REFUNDED)


class Line(models.Model):
    """Keep the money of one request: reserved before it, settled after it, never changed then.

    `counted_cost` and `counted_tokens` are what budgets count now. `cost` is what is known to be
    billed, None while nobody knows; with `at_least`, more may have been billed than that.
    """

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    agent = models.CharField(max_length=100)
    engine = models.CharField(max_length=60)
    simulated = models.BooleanField()
    model_asked = models.CharField(max_length=200)
    model = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    root = models.CharField(max_length=200, blank=True)  # the purpose that its parts draw on
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reserved_cost = models.BigIntegerField(null=True)
    reserved_tokens = models.BigIntegerField()
    counted_cost = models.BigIntegerField()
    counted_tokens = models.BigIntegerField()
    cost = models.BigIntegerField(null=True)
    at_least = models.BooleanField(default=False)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    written_tokens = models.BigIntegerField(default=0)

    class Meta:
        """Keep states and figures together in the database too, and sums quick."""

        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["simulated", "reserved_at"], name="line_period"),
            models.Index(fields=["simulated", "root"], name="line_purpose"),
            models.Index(fields=["state", "expires_at"], name="line_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="line_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.OPEN, closed_at=None)
                | (~Q(state=State.OPEN) & Q(closed_at__isnull=False)),
                name="line_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0), name="line_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(counted_cost__gte=0, counted_tokens__gte=0, reserved_tokens__gte=0),
                name="line_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REFUNDED) | Q(cost=0, counted_cost=0, counted_tokens=0),
                name="line_refund_is_nothing",
            ),
            # What nobody knows must not pass for nothing.
            models.CheckConstraint(
                condition=~Q(state__in=[State.SETTLED, State.LOST], cost=None) | Q(at_least=True),
                name="line_unknown_is_at_least",
            ),
        ]

    def __str__(self) -> str:
        """Show who asked and what became of it."""
        return f"{self.agent}, {self.get_state_display().lower()}"

    @property
    def dollars(self) -> Decimal | None:
        """Return the cost in dollars, or None where nobody knows it."""
        return None if self.cost is None else Decimal(self.cost) / NANO

    @property
    def said(self) -> str:
        """Write the cost so that what nobody knows never passes for nothing."""
        return said(self.cost or 0, unknown=self.at_least)

    @property
    def set_aside(self) -> str:
        """Write the most that it could cost, as far as the prices were known."""
        return "an unknown amount" if self.reserved_cost is None else dollars(self.reserved_cost)


class Outcome(models.TextChoices):
    """Say how an exchange ended."""

    ANSWERED = "ANSWERED", "Answered"
    CUT = "CUT", "Cut off"
    DECLINED = "DECLINED", "Declined by the model"
    FAILED = "FAILED", "No answer"
    BUDGET_REACHED = "BUDGET_REACHED", "Budget reached"
    PROMPT_TOO_LARGE = "PROMPT_TOO_LARGE", "Prompt too large"

    @property
    def tone(self) -> str:
        """Say how good the news is."""
        return {"ANSWERED": "good", "FAILED": "bad"}.get(self.value, "warn")


ASKED = (Outcome.ANSWERED, Outcome.CUT, Outcome.DECLINED, Outcome.FAILED)  # a request was sent


class Exchange(models.Model):
    """Keep one question to a model with its answer; texts are sanitised and go after a while."""

    at = models.DateTimeField(db_index=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    line = models.OneToOneField(Line, on_delete=models.PROTECT, null=True, related_name="exchange")
    agent = models.CharField(max_length=100)
    engine = models.CharField(max_length=60)
    simulated = models.BooleanField()
    purpose = models.CharField(max_length=200, blank=True)
    model_asked = models.CharField(max_length=200)
    model = models.CharField(max_length=200, blank=True)
    effort = models.CharField(max_length=20)
    max_tokens = models.PositiveIntegerField()
    prompt_tokens = models.PositiveIntegerField()  # counted or estimated before the request
    estimated = models.BooleanField()
    prompt_version = models.PositiveIntegerField()
    role_digest = models.CharField(max_length=64)
    prompt_digest = models.CharField(max_length=64)
    answer_digest = models.CharField(max_length=64, blank=True)
    declaration_digest = models.CharField(max_length=64)
    prompt_text = models.TextField(blank=True)
    answer_text = models.TextField(blank=True)
    prompt_characters = models.PositiveIntegerField()
    answer_characters = models.PositiveIntegerField(default=0)
    texts_gone_at = models.DateTimeField(null=True, db_index=True)
    outcome = models.CharField(max_length=20, choices=Outcome)
    detail = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=100, blank=True)  # of the failure, as the port names it
    stop_reason = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    failed_attempts = models.JSONField(default=list)  # each a kind, shown as it is
    latency_ms = models.PositiveIntegerField(default=0)

    class Meta:
        """Show the newest first; whatever was asked has its money beside it."""

        ordering = ["-pk"]
        indexes = [models.Index(fields=["agent", "-id"], name="exchange_of_agent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="exchange_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=ASKED, line__isnull=False)
                | (~Q(outcome__in=ASKED) & Q(line__isnull=True)),
                name="exchange_asked_has_a_line",
            ),
        ]

    def __str__(self) -> str:
        """Show who asked whom."""
        return f"{self.agent} asked {self.model_asked}"

    def get_absolute_url(self) -> str:
        """Return the page that shows all of it."""
        return reverse("personas:exchange", args=[self.pk])

    @property
    def tone(self) -> str:
        """Say how good the news is."""
        return Outcome(self.outcome).tone

    @property
    def cost_said(self) -> str:
        """Write what it cost; what was refused before it was asked cost nothing."""
        said = self.line.said if self.line else "nothing: it was not asked"
        return f"{said} (simulated)" if self.simulated else said


class Budget(models.Model):
    """Bound what is spent on one target, in place of what the settings say of any target."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, related_name="budget")
    day_usd = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    month_usd = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    day_tokens = models.BigIntegerField(null=True, blank=True)
    month_tokens = models.BigIntegerField(null=True, blank=True)

    class Meta:
        """Refuse budgets below nothing."""

        constraints = [
            models.CheckConstraint(
                condition=(Q(**{name: None}) | Q(**{f"{name}__gte": 0})),
                name=f"budget_{name}_not_negative",
            )
            for name in ("day_usd", "month_usd", "day_tokens", "month_tokens")
        ]

    def __str__(self) -> str:
        """Show whose it is."""
        return f"budget of {self.target}"


class Alert(models.Model):
    """Remember that a budget's share was told, so that it is told once in a period."""

    budget = models.CharField(max_length=250)  # its name, as the settings and pages say it
    unit = models.CharField(max_length=10)
    simulated = models.BooleanField()
    since = models.DateTimeField(null=True)  # of the period; none for a purpose
    period = models.CharField(max_length=40, blank=True)
    percent = models.PositiveSmallIntegerField()
    limit = models.BigIntegerField()
    counted = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        """Tell each share once."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "unit", "simulated", "period", "percent"],
                name="alert_once_in_a_period",
            )
        ]

    def __str__(self) -> str:
        """Show the share and the budget."""
        return f"{self.percent} % of {self.budget}"


class Provisioned(models.Model):
    """Keep the declaration of an agent as somebody last put it into the database."""

    name = models.CharField(max_length=100, unique=True)
    persona = models.CharField(max_length=100)
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=200)
    effort = models.CharField(max_length=20)
    max_tokens = models.PositiveIntegerField()
    max_prompt_tokens = models.PositiveIntegerField()
    extensions = models.JSONField(default=list)  # names, shown as they are
    prompt_version = models.PositiveIntegerField()
    prompt_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    provisioned_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # since when it is declared no more

    class Meta:
        """Name agents in the plural as people do."""

        ordering = ["name"]
        verbose_name = "provisioned agent"

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return the agent's page."""
        return reverse("personas:agent", args=[self.name])
