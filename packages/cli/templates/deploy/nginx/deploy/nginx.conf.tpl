# A new connection goes to the node with the fewest connections, and stays there until it ends.
upstream {{name}} {
  least_conn;
  server {{name}}-1:8080;
  server {{name}}-2:8080;
}

map $http_upgrade $connection_upgrade {
  default upgrade;
  '' '';
}

server {
  listen 80;

  location / {
    proxy_pass http://{{name}};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Host $host;
    # The nodes trust it with TRUST_PROXY=1.
    proxy_set_header X-Forwarded-For $remote_addr;
    # Peers send something every 15 s: a connection that is silent for longer is dead.
    proxy_read_timeout 60s;
    proxy_send_timeout 60s;
  }
}
