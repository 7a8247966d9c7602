"""What a submission is measured against: a plain view of Django REST framework, and no more."""
