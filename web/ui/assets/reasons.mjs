// What to do about a photo that failed, by its reason code (functions/reason.h).

const LIMIT = "Raise that limit by a variable of the function, then retry; or upload a smaller one.";

const NEXT = {
	"Image.Empty": "Upload it again: nothing of it came.",
	"Image.NotAnImage": "Delete it, or upload the photo that was meant.",
	"Image.UnsupportedFormat": "Upload it as JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF.",
	"Image.Truncated": "Upload it again: it was cut off on its way, or is broken where it comes from.",
	"Image.Damaged": "Upload it again: it was damaged on its way, or is broken where it comes from.",
	"Runner.Elsewhere": "Put minilab-runner-general beside minilab-runner, then retry.",
	"Sandbox.CpuExceeded": "Raise the setting attempt-cpu-ms, then retry.",
	"Sandbox.Timedout": "Raise the function's timeout, then retry.",
	"Runtime.OutOfMemory": "Raise the function's memory, then retry.",
	"Daemon.Shortage": "Make room on the disk, then retry.",
	"Result.NoDestination": "Make the bucket and the table that the function writes to, then retry.",
	"Result.KeyTooLong": "Upload it under a shorter key.",
	"Source.Unreadable": "Upload it again: its stored bytes cannot be read. Look at the disk, too.",
};

export const nextStep = code => NEXT[code] ?? (/^Image\.Too|TooLarge$/.test(code ?? "") ? LIMIT : "");
