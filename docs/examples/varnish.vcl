# Varnish 7 in front of Nejat. What it may be told lies in its environment:
#   PURGE_KEY   proves who tells it what to drop. Without one nothing is dropped, and nothing kept beyond its max-age.
# Nejat is then told: NEJAT_TRUSTED_PROXIES=1
#                     NEJAT_PURGE_URL=http://127.0.0.1:6081/purge   NEJAT_PURGE_HEADER="X-Purge-Key: the same"
vcl 4.1;

import std;

backend nejat {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    if (req.url == "/purge") {
        if (req.method != "POST" || std.getenv("PURGE_KEY") == "" || req.http.X-Purge-Key != std.getenv("PURGE_KEY")) {
            return (synth(403));
        }
        if (req.http.Cache-Tag !~ "^[A-Za-z0-9-]+(,[A-Za-z0-9-]+)*$") {
            return (synth(400));
        }
        if (!std.ban("obj.http.Cache-Tag ~ (^|,)(" + regsuball(req.http.Cache-Tag, ",", "|") + ")(,|$)")) {
            return (synth(500, std.ban_error()));
        }
        return (synth(200));
    }

    # WSGI cannot tell these from the names with hyphens, which an answer varies by or is believed by.
    unset req.http.Accept_Encoding;
    unset req.http.Accept_Language;
    unset req.http.If_Modified_Since;
    unset req.http.If_None_Match;
    unset req.http.X_Forwarded_For;

    # Twice the header is one list to Nejat: let it be one here, where answers are told apart by the first alone.
    std.collect(req.http.Accept-Language);

    # What follows is built in: methods other than GET and HEAD, Authorization and cookies pass by.
}

# The API is the same whatever the client calls its host.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_fetch {
    set bereq.http.X-Asked-At = std.time2real(now, 0.0);
}

sub vcl_backend_response {
    # While Nejat cannot answer, what is kept stays.
    if (bereq.is_bgfetch && beresp.status >= 500) {
        return (abandon);
    }
    # Nothing is kept that does not ask for it.
    if (beresp.http.Cache-Control !~ "^public") {
        set beresp.uncacheable = true;
        set beresp.ttl = 120s;
        return (deliver);
    }
    # Told of changes, it keeps for an hour what it would else keep for ten seconds. What took long to come may be
    # older than what it was told meanwhile.
    if (std.getenv("PURGE_KEY") != "" && beresp.status == 200 && beresp.http.Cache-Tag
            && now - std.real2time(std.real(bereq.http.X-Asked-At, 0.0), now) < 0.5s) {
        set beresp.ttl = 1h;
        set beresp.http.X-Told = "1";
    }
    # `stale-while-revalidate` has become the time of grace by itself.
}

sub vcl_deliver {
    # Who is not told of changes counts max-age from now on.
    if (resp.http.X-Told) {
        unset resp.http.Age;
        set resp.http.Date = now;
    }
    unset resp.http.X-Told;
    unset resp.http.Cache-Tag;
    unset resp.http.Surrogate-Key;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
