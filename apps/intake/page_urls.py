from django.urls import URLPattern, path

from apps.intake.pages import assets, visitor_pages
from apps.intake.pages.moved import follows_the_form

VIEWS = {
    "": (visitor_pages.hosted_form, "hosted-form"),
    "embed/": (visitor_pages.embedded_form, "embedded-form"),
    "receipt/": (visitor_pages.receipt_page, "receipt-page"),
    "theme.css": (assets.theme_css, "form-theme"),
    "logo": (assets.logo, "form-logo"),
    "noscript.gif": (assets.noscript_counter, "noscript-counter"),
}

urlpatterns: list[URLPattern] = [
    path(f"f/<slug:slug>/{rest}", follows_the_form(view), name=name)
    for rest, (view, name) in VIEWS.items()
]
