(()=>{self.addEventListener("message",({data:e})=>{let s={name:"UsageError",code:"usage",message:"no such act",hint:""};self.postMessage({id:e.id,error:s})});})();
