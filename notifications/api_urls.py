from django.urls import re_path

from notifications import api

urlpatterns = [
    re_path(r"^notices/?$", api.Notices.as_view(), name="notices"),
    re_path(r"^notices/(?P<pk>[^/]+)/dismiss/?$", api.NoticeDismissal.as_view(), name="notice-dismiss"),
]
