from django.urls import URLPattern, path

from apps.intake.pages import hosted_form

urlpatterns: list[URLPattern] = [path("f/<slug:slug>/", hosted_form, name="hosted-form")]
