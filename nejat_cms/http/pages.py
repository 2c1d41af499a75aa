from nejat_cms.http.routing import Routes

routes = Routes("House", signed_in=False, prefix="")
