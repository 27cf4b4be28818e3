import pytest
from rest_framework.test import APIClient

from accounts.models import User

PASSWORD = "a-long-demo-password"


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana@example.com", PASSWORD, name="Ana Souza", language="en")
