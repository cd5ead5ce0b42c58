"""The configuration of an nginx that runs in the foreground, as root or not, and writes nowhere but into a folder of its own."""

import pathlib

TEXT = """
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log stderr {log};
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def configured(folder, servers, log="error"):
    """The command that runs it, once the file is written: with these server blocks, and a log of this level on stderr."""
    file = pathlib.Path(folder, "nginx.conf")
    file.write_text(TEXT.format(folder=folder, servers=servers, log=log))
    return ["nginx", "-p", folder, "-e", "stderr", "-c", file]
