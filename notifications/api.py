"""`/api/v1/notices`: what the signed-in person must not miss. Everybody reads and puts aside their own only."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import person
from accounts.permissions import SupportReads
from notifications.models import Notice
from notifications.queries import own_notices, standing_notices
from notifications.serializers import NoticeSerializer
from notifications.telling import put_aside


class Notices(ListAPIView[Notice]):
    """What stands, newest first; `?all=1` also what is over or put aside."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    permission_classes = [IsAuthenticated, SupportReads]
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Notice]:
        user = person(self.request)
        return own_notices(user) if self.request.GET.get("all") == "1" else standing_notices(user)

    @extend_schema(
        parameters=[OpenApiParameter("all", OpenApiTypes.STR, description="1: also what is over or put aside")]
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """What stands, newest first."""
        return self.list(request, *args, **kwargs)


class NoticeDismissal(GenericAPIView[Notice]):
    """Putting a notice aside."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    permission_classes = [IsAuthenticated, SupportReads]
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Notice]:
        return own_notices(person(self.request))

    @extend_schema(request=None, responses=NoticeSerializer)
    def post(self, request: Request, pk: str) -> Response:
        """Put it aside; the same trouble is not told again until it was over."""
        notice = self.get_object()
        put_aside(Notice.objects.filter(pk=notice.pk))
        notice.refresh_from_db(fields=["dismissed_at"])
        return Response(NoticeSerializer(notice).data)
