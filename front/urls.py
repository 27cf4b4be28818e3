"""The pages' addresses. Every one ends in a slash; without it a reader is sent there."""

from django.urls import include, path, re_path

from front.views import health, language, public, session, slash

pages = [
    path("", public.landing, name="landing"),
    path("legal/<slug:kind>/", public.legal, name="legal"),
    path("language/", language.choose_language, name="language"),
    path("login/", session.log_in, name="login"),
    path("logout/", session.log_out, name="logout"),
    path("register/", session.register, name="register"),
    path("password/reset/", session.password_forgotten, name="password-forgotten"),
    path("password/reset/<str:uid>/<str:token>/", session.password_new, name="password-new"),
    path("verify-email/<str:token>/", session.verify_email, name="verify-email"),
]

urlpatterns = [
    re_path(r"^healthz/?$", health.healthz, name="healthz"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
    path("", include((pages, "front"))),
    re_path(r"^(?P<address>(?!api/|admin/|static/)[a-z][\w/-]*[\w-])$", slash.add_slash),
]
