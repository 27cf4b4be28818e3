"""Who sent an API request: an access token counts only while its family lives, so that logout takes effect at once."""

from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from accounts.tokens import FAMILY_CLAIM


class FamilyAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access>`; one query reads the person and whether the family has ended."""

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override] # the base is generic over users
        try:
            user_id, family_id = UUID(str(validated_token["user_id"])), UUID(str(validated_token[FAMILY_CLAIM]))
        except (KeyError, ValueError) as error:
            raise InvalidToken(_("Token is invalid")) from error
        user = User.objects.filter(
            pk=user_id, is_active=True, token_families__pk=family_id, token_families__ended_at=None
        ).first()
        if user is None:
            raise InvalidToken(_("Token is invalid"))
        translation.activate(user.language)  # as the pages' middleware does; LocaleMiddleware starts each request anew
        return user
