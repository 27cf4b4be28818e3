from django.urls import re_path

from accounts import api, legal_api

urlpatterns = [
    re_path(r"^auth/register/?$", api.Register.as_view(), name="register"),
    re_path(r"^auth/login/?$", api.Login.as_view(), name="login"),
    re_path(r"^auth/refresh/?$", api.Refresh.as_view(), name="refresh"),
    re_path(r"^auth/logout/?$", api.Logout.as_view(), name="logout"),
    re_path(r"^auth/me/?$", api.Me.as_view(), name="me"),
    re_path(r"^auth/password/change/?$", api.PasswordChange.as_view(), name="password-change"),
    re_path(r"^auth/password/reset/?$", api.PasswordReset.as_view(), name="password-reset"),
    re_path(r"^auth/password/reset/confirm/?$", api.PasswordResetConfirm.as_view(), name="password-reset-confirm"),
    re_path(r"^auth/email/verify/?$", api.EmailVerify.as_view(), name="email-verify"),
    re_path(r"^auth/email/resend/?$", api.EmailResend.as_view(), name="email-resend"),
    re_path(r"^legal/consents/?$", legal_api.Consents.as_view(), name="consents"),
    re_path(r"^legal/terms/?$", legal_api.Terms.as_view(), name="terms"),
    re_path(r"^legal/privacy/?$", legal_api.Privacy.as_view(), name="privacy"),
    re_path(r"^legal/risk/?$", legal_api.Risk.as_view(), name="risk"),
]
