"""`/api/v1/legal/…`: the texts for everybody, the own consents for whoever is signed in (LEG-02, 03)."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers as forms
from accounts.api import PublicView, person, valid
from accounts.consents import ConsentRequired, current_consents, record_consents
from accounts.legal.documents import read_document
from accounts.models import ConsentKind
from config.problems import Problem


class Consents(APIView):
    @extend_schema(responses={200: forms.ConsentSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """What I agreed to: the newest choice of each kind."""
        rows = list(current_consents(person(request)).values())
        return Response(forms.ConsentSerializer(rows, many=True).data)

    @extend_schema(request=forms.ConsentChoicesSerializer, responses={201: forms.ConsentSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """Agree to the present texts, or revoke marketing (LEG-08). Terms and privacy policy cannot be revoked here."""
        choices: Mapping[ConsentKind, bool] = valid(forms.ConsentChoicesSerializer(data=request.data))
        try:
            rows = record_consents(person(request), choices, request=request._request)
        except ConsentRequired as error:
            raise Problem(400, "consent_required", _("Terms and privacy policy must be accepted.")) from error
        return Response(forms.ConsentSerializer(rows, many=True).data, status=201)


class _Document(PublicView):
    kind: ConsentKind

    @extend_schema(responses={200: forms.LegalDocumentSerializer})
    def get(self, request: Request) -> Response:
        """The present text in the language of the request (`Accept-Language`)."""
        return Response(forms.LegalDocumentSerializer(read_document(self.kind, get_language() or "")).data)


class Terms(_Document):
    kind = ConsentKind.TERMS


class Privacy(_Document):
    kind = ConsentKind.PRIVACY


class Risk(_Document):
    kind = ConsentKind.RISK
