"""Django's classes that only the type checker knows to be generic."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.forms import BaseInlineFormSet, ModelForm

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Tabular = admin.TabularInline[Any, Any]
    Stacked = admin.StackedInline[Any, Any]
    ModelFormOf = ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    Admin = admin.ModelAdmin
    Tabular = admin.TabularInline
    Stacked = admin.StackedInline
    ModelFormOf = ModelForm
    InlineFormSet = BaseInlineFormSet
