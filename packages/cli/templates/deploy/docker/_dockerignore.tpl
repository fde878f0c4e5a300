node_modules
dist
.git
.env
