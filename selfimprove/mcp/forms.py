"""What does a person enter to let an agent act in their name?"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User

from proposals import decision
from proposals.running import keeping
from targets.models import Target
from telemetry.doors.forms import LASTS, TokenForm
from telemetry.doors.models import NOT_WITH_DECIDING, Scope

READ, OPERATE = "proposals.view_proposal", "telemetry.change_source"
WRITE = "proposals.add_proposal"
SEE_GENERATIONS, RUN_GENERATIONS = "generations.view_generation", "generations.run_generation"
MAKE = "telemetry.act_by_token"
NEEDS: Mapping[Scope, tuple[str, ...]] = {
    Scope.PROPOSALS_READ: (READ,),
    Scope.PROPOSALS_DECIDE: (READ, decision.PERMISSION),
    Scope.EVALUATION_RUN: ("evaluation.view_evaluation", decision.PERMISSION),
    Scope.PROPOSALS_WRITE: (READ, WRITE),
    Scope.CHANGES_CHECK: (READ, keeping.PERMISSION),
    Scope.GENERATIONS_RUN: (SEE_GENERATIONS, RUN_GENERATIONS),
    Scope.EVENTS: (OPERATE,),
    Scope.REFLECTIONS: (OPERATE,),
}
WORDS: Mapping[Scope, str] = {
    Scope.PROPOSALS_READ: "Read proposals: list_proposals, show, list_comments",
    Scope.PROPOSALS_DECIDE: (
        "Decide and comment: approve, reject, request_changes, withdraw_request, say_comment,"
        " settle_thread"
    ),
    Scope.EVALUATION_RUN: "Start evaluations: analyze",
    Scope.PROPOSALS_WRITE: "Hand proposals in, over the API",
    Scope.CHANGES_CHECK: "Have changes checked by the gates, over the API",
    Scope.GENERATIONS_RUN: "Begin generations and call them off, over the API",
    Scope.EVENTS: "Report events: report_event",
    Scope.REFLECTIONS: "Report reflections: report_reflection",
}


class AgentForm(TokenForm):
    """Take which agent, for which target, what it may do, and how long."""

    target = forms.ModelChoiceField(
        queryset=Target.objects.all(),
        to_field_name="slug",
        label="For which target?",
        empty_label=None,
        error_messages={"required": "Choose a target.", "invalid_choice": "Choose a target."},
    )
    lasts = forms.ChoiceField(choices=LASTS, initial="90", label="How long does it last?")

    def __init__(self, person: User, *arguments: Any, **options: Any) -> None:
        """Offer only what the person may do."""
        super().__init__(*arguments, **options)
        allowed = [scope for scope in NEEDS if person.has_perms(NEEDS[scope])]
        scopes = forms.MultipleChoiceField(
            choices=[(scope.value, WORDS[scope]) for scope in allowed],
            label="What may it do?",
            initial=[Scope.PROPOSALS_READ.value],
            error_messages={"required": "Choose at least one."},
        )
        self.fields["scopes"] = scopes

    def clean_scopes(self) -> list[str]:
        """Refuse what does not go together."""
        chosen: list[str] = self.cleaned_data["scopes"]
        if Scope.PROPOSALS_DECIDE in chosen and set(chosen) & set(NOT_WITH_DECIDING):
            raise forms.ValidationError(
                "Who decides neither reports the evidence, nor starts evaluations or generations,"
                " nor hands proposals in: make two tokens."
            )
        return chosen
