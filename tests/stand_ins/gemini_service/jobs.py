"""The part of the stand-in that takes files and works off jobs."""

import json


class Jobs:
    """Files and jobs of one server.

    Set ``states`` to what a job says each time it is asked; ``answer`` makes a result of a
    request, or `None` to fail it; results come in reverse order.
    """

    def __init__(self, reply):
        self.states = ["BATCH_STATE_PENDING", "BATCH_STATE_SUCCEEDED"]
        self.answer = lambda request: reply
        self.files, self.jobs, self.created, self.asked = {}, {}, 0, 0

    def post(self, path, headers, data, url):
        """Return (headers, answer) of what concerns files and jobs, or `None`."""
        if path.startswith("/upload/"):
            return {"x-goog-upload-url": f"{url}/uploaded/{len(self.files)}"}, {}
        if path.startswith("/uploaded/"):
            name = f"files/{len(self.files)}"
            self.files[name] = data
            return {"x-goog-upload-status": "final"}, {"file": {"name": name}}
        if path.endswith(":batchGenerateContent"):
            self.created += 1
            name = f"batches/{self.created}"
            source = json.loads(data)["batch"]["inputConfig"]["fileName"]
            self.jobs[name] = [json.loads(line) for line in self.files[source].splitlines()]
            return {}, {"name": name, "metadata": {"state": "BATCH_STATE_PENDING"}}
        return None

    def get(self, path):
        """Return the body of an answer about jobs and their results."""
        name = path.partition("?")[0].split("/", 2)[2]
        if name.startswith("batches/"):
            state = self.states[min(self.asked, len(self.states) - 1)]
            self.asked += 1
            done = {"output": {"responsesFile": f"files/of-{name.replace('/', '-')}"}}
            metadata = {"state": state, **(done if state.endswith("SUCCEEDED") else {})}
            return json.dumps({"name": name, "metadata": metadata}).encode()
        job = name.removeprefix("files/of-").partition(":")[0].replace("-", "/")
        lines = []
        for request in reversed(self.jobs[job]):
            answer = self.answer(request)
            result = {"error": {"code": 13}} if answer is None else {"response": answer}
            lines.append(json.dumps({"key": request["key"], **result}))
        return "\n".join(lines).encode()
