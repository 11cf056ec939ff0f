from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "printshop.demo"
    label = "demo"
