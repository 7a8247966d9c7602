from django.urls import URLPattern, path

from apps.intake.pages import assets, visitor_pages

urlpatterns: list[URLPattern] = [
    path("f/<slug:slug>/", visitor_pages.hosted_form, name="hosted-form"),
    path("f/<slug:slug>/embed/", visitor_pages.embedded_form, name="embedded-form"),
    path("f/<slug:slug>/receipt/", visitor_pages.receipt_page, name="receipt-page"),
    path("f/<slug:slug>/theme.css", assets.theme_css, name="form-theme"),
    path("f/<slug:slug>/logo", assets.logo, name="form-logo"),
    path("f/<slug:slug>/noscript.gif", assets.noscript_counter, name="noscript-counter"),
]
