"""Every address of Batuta. Spec paths such as `/api/trades/` answer beside `/api/v1/trades/`: same view, no redirect."""


urlpatterns: list = []
