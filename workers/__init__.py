"""How work is handed to the workers: knows Celery and the broker, none of our rooms."""
